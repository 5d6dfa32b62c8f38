package com.contoso.orders;

import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationResponse;

class SignIn {
    User callback(URI address) throws ParseException {
        AuthorizationResponse response = AuthorizationResponse.parse(address);
        AuthorizationCode code = response.toSuccessResponse().getAuthorizationCode();
        return userOf(redeem(code));
    }
}
