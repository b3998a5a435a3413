using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace HCChat.Server.Hosting;

/// <summary>Who a request comes from, as limits and bans count it: an IPv4 address, or the /64 of an IPv6 one.</summary>
internal static class ClientAddress
{
    /// <summary>Believes <c>X-Forwarded-*</c> from the configured proxies, and from nobody when there are none.</summary>
    public static void UseTrustedProxies(this WebApplication app, ServerOptions settings)
    {
        var proxies = Settings.List(settings.Gateway.TrustedProxies);
        if (proxies.Length == 0)
        {
            return;
        }
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders =
                ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            // From the right, as far as the hops are ours.
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            if (IPAddress.TryParse(proxy, out var address))
            {
                options.KnownProxies.Add(address);
            }
            else
            {
                options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
            }
        }
        app.UseForwardedHeaders(options);
    }

    /// <summary>The key of the request's address.</summary>
    public static string Key(HttpContext context) => Key(context.Connection.RemoteIpAddress ?? IPAddress.None);

    /// <summary>The key of an address.</summary>
    public static string Key(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes).ToString("x16", CultureInfo.InvariantCulture) + "/64";
    }
}
