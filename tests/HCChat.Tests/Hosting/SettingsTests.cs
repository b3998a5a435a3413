using System.Net;
using HCChat.Server.Hosting;

namespace HCChat.Tests.Hosting;

public sealed class SettingsTests
{
    [Fact]
    public void Settings_come_from_the_command_line_in_both_spellings()
    {
        var (options, _) = Settings.Load(["--port", "9000", "--Limits:RateLimit=false", "--Rooms:Public=a, b"]);
        Assert.Equal(9000, options.Port);
        Assert.False(options.Limits.RateLimit);
        Assert.Equal(["a", "b"], Settings.List(options.Rooms.Public));
    }

    [Theory]
    [InlineData("--Rooms:Pubic=x", "Rooms:Pubic is not a setting.")]
    [InlineData("--Rooms=x", "Rooms is not a setting.")]
    [InlineData(
        "--Storage:Bucket=Mine",
        "Storage:Bucket: 'Mine' is not 3 to 63 lower-case letters, digits and hyphens."
    )]
    [InlineData("--Storage:Bucket=api", "Storage:Bucket: 'api' is not 3 to 63 lower-case letters, digits and hyphens.")]
    [InlineData("--Storage:Endpoint=s3", "Storage:Endpoint: 's3' is not an address like https://s3.example.")]
    [InlineData(
        "--Storage:Endpoint=https://s3.example",
        "Storage:AccessKey and Storage:SecretKey belong together, and Storage:Endpoint needs both."
    )]
    [InlineData("--port=many", "port: 'many' is not a number.")]
    [InlineData("--port=70000", "Port: 70000 is not between 0 and 65535.")]
    [InlineData("--Limits:RateLimit=maybe", "Limits:RateLimit: 'maybe' is neither true nor false.")]
    [InlineData("--roles=nonsense", "Roles: 'nonsense' is not one of gateway, api, store, all.")]
    [InlineData(
        "--urls=ftp://x",
        "Urls: 'ftp://x' is not an address like http://127.0.0.1:8080 (TLS ends at a proxy)."
    )]
    [InlineData(
        "--Gateway:AllowedOrigins=chat.example",
        "Gateway:AllowedOrigins: 'chat.example' is not an origin like https://chat.example."
    )]
    [InlineData(
        "--Gateway:TrustedProxies=nginx",
        "Gateway:TrustedProxies: 'nginx' is neither an address nor a network."
    )]
    [InlineData("--Compat:TripSaltFile=/nowhere", "Compat:TripSaltFile: '/nowhere' does not exist.")]
    [InlineData("--config=/nowhere.json", "--config: the file '/nowhere.json' does not exist.")]
    [InlineData(
        "--Logging:LogLevel:Default=Blah",
        "Logging:LogLevel:Default: 'Blah' is not one of Trace, Debug, Information, Warning, Error, Critical, None."
    )]
    [InlineData("--Logging:LogLevl:Default=Trace", "Logging:LogLevl:Default is not a setting.")]
    [InlineData("--urls=;", "Urls: ';' is not an address like http://127.0.0.1:8080 (TLS ends at a proxy).")]
    [InlineData(
        "--urls=http://127.0.0.1:1/path",
        "Urls: 'http://127.0.0.1:1/path' is not an address like http://127.0.0.1:8080 (TLS ends at a proxy)."
    )]
    [InlineData(
        "--urls=http://nosuchhost.example:1",
        "Urls: 'http://nosuchhost.example:1' is not an address like http://127.0.0.1:8080 (TLS ends at a proxy)."
    )]
    [InlineData("--Gateway:TrustedProxies=1", "Gateway:TrustedProxies: '1' is neither an address nor a network.")]
    [InlineData("--port", "--port needs a value.")]
    [InlineData("port", "'port' is not an option; options look like --port 8080 or --Section:Key=value.")]
    [InlineData("--Auth:Mode=closed", "Auth:Mode: 'closed' is not a list of open, accounts and oidc.")]
    [InlineData(
        "--PublicUrl=https://chat.example/",
        "PublicUrl: 'https://chat.example/' is not an address like https://chat.example."
    )]
    public void What_cannot_be_used_is_said_in_one_sentence(string arg, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<StartException>(() => Settings.Load([arg])).Message);

    [Theory]
    [InlineData("", "Oidc:Authority: '' is not the https address of a provider.")]
    [InlineData(
        "--Oidc:Authority=http://login.example",
        "Oidc:Authority: 'http://login.example' is not the https address of a provider."
    )]
    [InlineData(
        "--Oidc:Authority=https://login.example",
        "Oidc:ClientId is missing: the name that the provider gave to this server."
    )]
    [InlineData(
        "--Oidc:Authority=https://login.example --Oidc:ClientId=x --Oidc:ClientSecret=y --Oidc:ClientSecretFile=z",
        "Oidc:ClientSecret and Oidc:ClientSecretFile exclude each other."
    )]
    [InlineData(
        "--Oidc:Authority=http://127.0.0.1:1 --Oidc:ClientId=x --Oidc:RequiredClaim=staff",
        "Oidc:RequiredClaim: 'staff' is not like groups=chat."
    )]
    public void A_login_elsewhere_needs_to_be_described(string args, string sentence) =>
        Assert.Equal(
            sentence,
            Assert
                .Throws<StartException>(() =>
                    Settings.Load(["--Auth:Mode=oidc", .. args.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
                )
                .Message
        );

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "20010db800010002/64")]
    [InlineData("2001:db8:1:2:ffff::1", "20010db800010002/64")]
    public void Limits_count_an_ipv4_address_and_an_ipv6_prefix(string address, string key) =>
        Assert.Equal(key, ClientAddress.Key(IPAddress.Parse(address)));
}
