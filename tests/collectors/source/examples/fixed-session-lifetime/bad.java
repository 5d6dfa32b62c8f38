class SignIn {
    void begin(HttpServletRequest request, OidcUser user) {
        HttpSession session = request.getSession(true);
        session.setMaxInactiveInterval(24 * 60 * 60);
        session.setAttribute("user", user);
    }
}
