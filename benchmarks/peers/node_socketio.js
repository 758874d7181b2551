// Node's socket.io: everybody is in one room, and a message is emitted to it.
const http = require("http").createServer();
const { Server } = require("socket.io");

const server = new Server(http, { transports: ["websocket"] });
server.on("connection", (socket) => {
  socket.join("room");
  socket.on("message", (data) => server.to("room").emit("message", data));
});
http.listen(Number(process.argv[2]), "127.0.0.1", 8192);
