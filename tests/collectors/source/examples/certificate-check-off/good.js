const agent = new https.Agent({ ca: fs.readFileSync("/etc/ssl/contoso-ca.pem") });
