// import com.microsoft.aad.adal4j.AuthenticationContext;
import com.microsoft.aad.msal4j.ConfidentialClientApplication;
