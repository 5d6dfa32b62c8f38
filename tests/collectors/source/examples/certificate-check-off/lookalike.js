const agent = new https.Agent({ rejectUnauthorized: true });
if (process.env.ORDERS_INSECURE_LOCAL_PROXY) {
  agent.options = {
    rejectUnauthorized: false,
  };
}
