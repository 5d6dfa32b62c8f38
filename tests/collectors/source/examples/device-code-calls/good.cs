var credential = new InteractiveBrowserCredential(options);
