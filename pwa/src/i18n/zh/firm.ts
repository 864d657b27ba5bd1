/** Words of the firm face. */
export const firm = {
  nav: {
    items: '整改',
    notices: '通知书',
    outbox: '待发',
    me: '我的',
  },
}
