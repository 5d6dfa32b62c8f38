const dialog = { prompt: "Do you consent to our terms?" };
