class Sessions {
    void add(HttpServletResponse response, String session) {
        Cookie cookie = new Cookie("session", session);
        cookie.setSecure(true);
        cookie.setHttpOnly(true);
        response.addCookie(cookie);
    }
}
