const url = `https://orders.contoso.com/sse/stream?token=${oneTimeTicket}`;
