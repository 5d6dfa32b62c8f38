app.use(session({ secret: "ENTER_YOUR_SECRET_HERE", resave: false }));
const routes = { resetPassword: "api/v2/reset-password" };
