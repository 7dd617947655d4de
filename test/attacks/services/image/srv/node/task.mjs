/** What a worker of server.mjs has done elsewhere. */
process.send('done', () => process.disconnect())
