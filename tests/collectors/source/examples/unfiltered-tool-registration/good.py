from mcp import ClientSession

ALLOWED = {"read_order"}


async def agent(session: ClientSession):
    offered = await session.list_tools()
    return Agent(tools=[tool for tool in offered.tools if tool.name in ALLOWED])
