# The client of the tutorial "Python Web 开发及 Django 总结", 7.6, as it is printed there but for the port.
import sys

import websocket

# 1. 建立连接
ws = websocket.create_connection("ws://127.0.0.1:8000/ws/123/".replace("8000", sys.argv[1]))
# 2. 获取连接状态
print("获取连接状态: ", ws.getstatus())
while True:
    msg = input("请输入内容: ")
    if msg == "quit":
        break
    # 3. 发送信息
    ws.send(msg)
    # 4. 获取返回结果
    result = ws.recv()
    print("接收结果: ", result)
# 5. 关闭连接
ws.close()
