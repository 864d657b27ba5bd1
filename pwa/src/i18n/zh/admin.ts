/** Words of the admin face. */
export const admin = {
  nav: {
    people: '人员',
    places: '小区',
    imports: '导入',
    system: '系统',
  },
}
