const title = page.title || "editor";
