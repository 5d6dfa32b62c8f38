package com.contoso.orders;

import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationResponse;

class SignIn {
    User callback(URI address, State expected) throws ParseException {
        AuthorizationResponse response = AuthorizationResponse.parse(address);
        if (!expected.equals(response.getState())) {
            throw new SignInException("not the answer to our request");
        }
        AuthorizationCode code = response.toSuccessResponse().getAuthorizationCode();
        return userOf(redeem(code));
    }
}
