from mcp import ClientSession


async def agent(session: ClientSession):
    tools = await session.list_tools()
    return Agent(tools=tools.tools)
