const link = `https://login.microsoftonline.com/${tenant}/v2.0/adminconsent?client_id=${clientId}&state=${state}`;
