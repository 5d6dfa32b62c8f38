const answer = await axios.get(url, { responseType: "json" });
