class Sessions {
    void add(HttpServletResponse response, String session) {
        Cookie cookie = new Cookie("session", session);
        cookie.setSecure(false);
        response.addCookie(cookie);
    }
}
