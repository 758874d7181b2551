// The script of the tutorial on Channels, as it is printed there but for the room, and "chat" in the place of "myapp".
var roomName = "ROOM";
var socket = new WebSocket("ws://" + window.location.host + "/ws/chat/" + roomName + "/");

socket.onopen = function() {
    console.log("WebSocket connection established.");
};

socket.onmessage = function(event) {
    var message = JSON.parse(event.data).message;
    console.log("Received message: " + message);
};

socket.onclose = function() {
    console.log("WebSocket connection closed.");
};

function sendMessage(message) {
    socket.send(JSON.stringify({
        "message": message
    }));
}
