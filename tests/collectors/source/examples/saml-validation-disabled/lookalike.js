const compiler = { strict: false };
