const clientCapabilities = ["sorting"];
