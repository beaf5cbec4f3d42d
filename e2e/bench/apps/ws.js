const {WebSocketServer} = require('ws');
const server = new WebSocketServer({host: '127.0.0.1', port: +process.env.PORT, perMessageDeflate: false});
server.on('connection', socket => socket.on('message', data => {
  const text = data.toString();
  for (const client of server.clients) client.send(text);
}));
