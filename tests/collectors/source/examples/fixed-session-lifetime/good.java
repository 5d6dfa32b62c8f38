class SignIn {
    void begin(HttpServletRequest request, OidcUser user) {
        HttpSession session = request.getSession(true);
        session.setMaxInactiveInterval((int) Duration.between(Instant.now(), user.getIdToken().getExpiresAt()).toSeconds());
        session.setAttribute("user", user);
    }
}
