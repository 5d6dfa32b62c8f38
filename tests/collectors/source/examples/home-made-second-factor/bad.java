package com.contoso.orders;

import com.warrenstrange.googleauth.GoogleAuthenticator;

class Codes {
    boolean accepts(User user, int code) {
        return new GoogleAuthenticator().authorize(user.getKey(), code);
    }
}
