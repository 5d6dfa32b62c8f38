tool = HostedMCPTool(tool_config={"server_url": URL, "require_approval": "always"})
