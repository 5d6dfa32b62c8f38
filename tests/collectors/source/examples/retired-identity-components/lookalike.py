# moved from adal to msal in 2022
import msal
