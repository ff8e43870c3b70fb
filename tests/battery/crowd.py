"""Many who ask without a pause, in a process of their own: `python -m tests.battery.crowd PORT COUNT`, until its input ends.

It says at the end how often it was answered with which status.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter

from portal.core.ids import new_token

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
OPEN = ("/", "/rules", "/sign-in", "/me/funds", "/collaborators/F-22222222", "/nothing/is/here")


async def ask(port: int, path: str) -> str:
    """The status of an answer, and whether it says after how long it is worth trying again; 0 when none came."""
    try:
        reader, writer = await asyncio.open_connection(HERE, port, local_addr=(ELSEWHERE, 0))
    except OSError:
        return "0"
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Flood: {new_token()}\r\n\r\n".encode())
        answer = await asyncio.wait_for(reader.read(), 30)
    except (OSError, TimeoutError):
        return "0"
    finally:
        writer.close()
    head = answer.partition(b"\r\n\r\n")[0].lower()
    return head[9:12].decode("latin-1") + (" with a time" if b"\r\nretry-after: " in head else "") if head else "0"


async def crowd(port: int, count: int) -> Counter[str]:
    told, gone = Counter[str](), asyncio.Event()

    async def one(n: int) -> None:
        while not gone.is_set():
            told[await ask(port, OPEN[n % len(OPEN)])] += 1

    asyncio.get_running_loop().add_reader(sys.stdin, gone.set)
    await asyncio.gather(*(one(n) for n in range(count)))
    return told


if __name__ == "__main__":
    print(json.dumps(asyncio.run(crowd(int(sys.argv[1]), int(sys.argv[2])))))
