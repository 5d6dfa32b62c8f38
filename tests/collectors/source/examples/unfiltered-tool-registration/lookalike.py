from mcp import ClientSession


async def show(session: ClientSession):
    for tool in (await session.list_tools()).tools:
        print(tool.name)
