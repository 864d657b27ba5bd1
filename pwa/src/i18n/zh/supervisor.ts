/** Words of the supervisor face. */
export const supervisor = {
  nav: {
    map: '地图',
    inbox: '收件箱',
    ledger: '台账',
    data: '数据',
    bulletin: '通报',
  },
}
