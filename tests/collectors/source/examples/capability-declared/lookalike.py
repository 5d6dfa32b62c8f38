client_capabilities = ["sorting", "paging"]
