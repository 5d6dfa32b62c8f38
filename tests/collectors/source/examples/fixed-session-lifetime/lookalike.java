class SignIn {
    void begin(HttpServletRequest request, OidcUser user) {
        HttpSession session = request.getSession(true);
        session.setMaxInactiveInterval(20 * 60);
        session.setAttribute("user", user);
    }
}
