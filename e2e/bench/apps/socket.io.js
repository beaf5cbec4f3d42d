const {Server} = require('socket.io');
const io = new Server(+process.env.PORT, {transports: ['websocket']});
io.on('connection', socket => { socket.join('chat'); socket.on('chat', text => io.to('chat').emit('chat', text)); });
