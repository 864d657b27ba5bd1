/** Words of the inspector face. */
export const inspector = {
  nav: {
    rounds: '巡查',
    map: '地图',
    outbox: '待发',
    me: '我的',
  },
}
