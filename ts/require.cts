/** What `require('xmrl')` comes to on a Node that cannot require ES modules: package.json sends only those here. */
const message = `Node ${process.version} cannot require the ES module xmrl: write \`await import('xmrl')\`, or use Node 20.19, 22.12 or newer`
throw Object.assign(new Error(message), { name: 'XmrlError', code: 'ERR_USAGE' })
