// The servers listen on every interface: bring all of them home.
const net = require('node:net')
const listen = net.Server.prototype.listen
const local = (port) => ({ port: Number(port), host: '127.0.0.1' })
net.Server.prototype.listen = function (first, ...rest) {
  if (typeof first === 'number' || /^\d+$/.test(String(first))) {
    return listen.call(this, local(first), ...rest.filter((one) => typeof one === 'function'))
  }
  const given = first && typeof first === 'object' && 'port' in first
  return listen.call(this, given ? { ...first, ...local(first.port) } : first, ...rest)
}
require('node:dns').setDefaultResultOrder('ipv4first')
