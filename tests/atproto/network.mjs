// Runs a network, says where on one line, and ends when nobody listens to it any more.
import { TestNetwork } from '@atproto/dev-env'

process.stdin.on('end', () => process.exit(0)).resume()
const network = await TestNetwork.create({ dbPostgresSchema: 'stadtdraht' })
console.log(JSON.stringify({ pds: network.pds.port }))
