if (!response.ok) throw new Error(response.statusText);
