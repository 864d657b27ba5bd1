/**
 * Problem codes of the server → sentences: what happened → what is safe → what to do. A code without a line here
 * falls back on the status (see ../problems.ts). Add the codes of a feature under its own heading.
 */
export const problems = {
  // transport
  'network.offline': '没联系上服务器。内容都在本机，有网会自动再发。',
  'network.timeout': '服务器没有及时回答。内容都在本机，稍后再试。',
  // by status, when the code has no sentence of its own
  'status.400': '这次提交有一处读不懂。内容都在本机。',
  'status.401': '登录已过期。内容都在本机，登录后接着发。',
  'status.403': '你没有做这件事的权限。',
  'status.404': '没有找到，或者不在你的范围里。',
  'status.409': '这件事刚被别人改过。看一眼新的再做。',
  'status.412': '这件事刚被别人改过。看一眼新的再做。',
  'status.413': '文件太大，服务器不收。内容还在本机。',
  'status.415': '这种文件服务器认不出。内容还在本机。',
  'status.422': '有一处填得不对。内容还在本机。',
  'status.429': '试得太密了。等一分钟再来。',
  'status.500': '服务器出错了。内容都在本机，稍后再试。',
  'status.503': '服务器正在忙。内容都在本机，稍后再试。',
  // signing in
  'accounts.bad_credentials': '账号或密码不对。',
  'accounts.throttled': '试得太密了。过几分钟再登录。',
  'accounts.account_closed': '账号已停用或到期。内容还在本机，找管理员。',
  'accounts.device_revoked': '这台设备已被停用。内容还在本机，找管理员。',
  'accounts.device_taken': '这台设备登记在别人名下。找管理员改。',
  'accounts.username_taken': '这个账号名已有人用。换一个。',
  'accounts.weak_password': '密码太弱：至少 10 个字符，不能和账号一样。',
  'accounts.role_mismatch': '只有物业企业的账号要选企业。',
  'accounts.unknown_organisation': '没有这个单位。重新选一次。',
  // every feature
  'core.cross_site': '这次提交不是从本页发出的。重新打开再试。',
  'core.bad_text': '文字里有存不了的符号。删掉再保存。',
  'core.busy': '服务器正忙。内容都在本机，会自动再发。',
  'core.unavailable': '服务器的数据库暂时连不上。内容都在本机。',
  // this phone
  'storage.full': '没存上：手机空间满了。照片还在本页，先删大文件再点「再存一次」。',
  'storage.failed': '没存上：手机存储出错。照片还在本页，点「再存一次」。',
  'storage.unavailable': '浏览器不让存数据，可能开了无痕模式。换普通窗口再打开。',
}
