package com.contoso.orders;

class Codes {
    void require(HttpServletResponse response) {
        response.setHeader("WWW-Authenticate", challengeFor("c1"));
    }
}
