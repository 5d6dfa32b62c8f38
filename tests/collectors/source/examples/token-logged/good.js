console.log(`signed in as ${account.homeAccountId}`);
