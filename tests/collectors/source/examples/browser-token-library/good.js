const orders = await fetch("/bff/orders", { credentials: "same-origin" });
