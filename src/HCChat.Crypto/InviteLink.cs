using System.Security.Cryptography;
using System.Text;

namespace HCChat.Crypto;

/// <summary>
/// A link that opens a room: <c>https://host/#/r/&lt;channel&gt;?k=…&amp;s=…&amp;t=…&amp;e=1</c> (spec/crypto.md §2). Everything that matters
/// stands in the fragment, which browsers do not send to servers.
/// </summary>
public sealed class InviteLink : IDisposable
{
    private const int MaxChannel = 120;
    private const int MaxInvitation = 200;
    private static readonly string[] s_secretParts = ["k=", "i="];

    /// <summary>A link to <paramref name="channel"/> on <paramref name="server"/>. Takes over <paramref name="roomKey"/>.</summary>
    /// <exception cref="FormatException">No http(s) address, no name of 1–120 UTF-16 units, a key or salt of a wrong length, or too long a title.</exception>
    public InviteLink(Uri server, string channel, Secret? roomKey = null, byte[]? roomSalt = null, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        Server = server is { IsAbsoluteUri: true, Scheme: "http" or "https" }
            ? new Uri(server.GetLeftPart(UriPartial.Path))
            : throw new FormatException("The link does not begin with http:// or https://.");
        Channel =
            IsName(channel, MaxChannel) && channel.IsNormalized()
                ? channel
                : throw new FormatException($"The link's room name is not 1 to {MaxChannel} characters of NFC text.");
        RoomKey =
            roomKey is null || roomKey.Length == RoomKeys.RootSize
                ? roomKey
                : throw new FormatException(
                    "The link's key (k=) is not 32 bytes of base64url: was it cut off while copying?"
                );
        RoomSalt =
            roomSalt is null || roomSalt.Length <= Passphrase.MaxRoomSalt
                ? roomSalt
                : throw new FormatException("The link's salt (s=) is longer than 32 bytes.");
        Title = RoomTitle.Clean(title);
        if (title is not null && (Title is null || !IsName(Title, RoomTitle.MaxLength)))
        {
            throw new FormatException($"The link's title (t=) is not 1 to {RoomTitle.MaxLength} characters.");
        }
    }

    /// <summary>The address of the server's page.</summary>
    public Uri Server { get; }

    /// <summary>The room's name on the wire.</summary>
    public string Channel { get; }

    /// <summary>The room key, or null when the link carries none: then a passphrase, or the full link, is needed.</summary>
    public Secret? RoomKey { get; }

    /// <summary>The room salt that a passphrase is stretched with, when the link pins it.</summary>
    public byte[]? RoomSalt { get; }

    /// <summary>The room's name for people, without control characters and marks of writing direction.</summary>
    public string? Title { get; }

    /// <summary>
    /// What opens the door of a room that people enter by invitation; null when the link has none. Whoever has it comes in, so it is as secret as the key.
    /// </summary>
    /// <exception cref="FormatException">Not 1 to 200 characters of base64url.</exception>
    public string? Invitation
    {
        get;
        init =>
            field =
                value is null || (value.Length is > 0 and <= MaxInvitation && value.All(Base64Text.IsUrlCharacter))
                    ? value
                    : throw new FormatException(
                        "The link's invitation (i=) is not base64url: was it cut off while copying?"
                    );
    }

    /// <summary>Whether the link says <c>e=1</c>: the room is encrypted, whatever anybody else says. A key says so too.</summary>
    public bool Encrypted { get; init; } = true;

    /// <summary>A link to a new room: 96 random bits as its name and 256 as its key.</summary>
    public static InviteLink NewRoom(Uri server, string? title = null) =>
        new(server, NewChannel(), Secret.Random(RoomKeys.RootSize), title: title);

    /// <summary>The same room's link with an invitation in it.</summary>
    /// <exception cref="FormatException">It is no invitation.</exception>
    public InviteLink With(string invitation)
    {
        var key = RoomKey is null ? null : new Secret(RoomKey.Reveal());
        return new(Server, Channel, key, RoomSalt, Title) { Encrypted = Encrypted, Invitation = invitation };
    }

    /// <summary>A random room name, 16 characters that say nothing.</summary>
    public static string NewChannel() => Base64Text.EncodeUrl(RandomNumberGenerator.GetBytes(12));

    /// <summary>Does this text carry a room key or an invitation? For refusing it where others can see it.</summary>
    public static bool CarriesSecret(string text)
    {
        var fragment = text.IndexOf('#', StringComparison.Ordinal);
        var tail = fragment < 0 ? text : text[fragment..];
        return s_secretParts.Any(part =>
            tail.StartsWith(part, StringComparison.Ordinal)
            || tail.Contains("?" + part, StringComparison.Ordinal)
            || tail.Contains("&" + part, StringComparison.Ordinal)
        );
    }

    /// <summary>Reads a link.</summary>
    /// <exception cref="FormatException">With a sentence for people that quotes no part of the link.</exception>
    public static InviteLink Parse(string link)
    {
        ArgumentNullException.ThrowIfNull(link);
        if (
            !Uri.TryCreate(link.Trim(), UriKind.Absolute, out var uri)
            || !uri.Fragment.StartsWith("#/r/", StringComparison.Ordinal)
        )
        {
            throw new FormatException("This is not a room link: it has the form https://host/#/r/room?k=…");
        }
        // Uri unescapes what it holds harmless; the text itself is authoritative.
        var fragment = link.Trim()[(link.Trim().IndexOf('#', StringComparison.Ordinal) + "#/r/".Length)..];
        var question = fragment.IndexOf('?', StringComparison.Ordinal);
        var channel = Unescape(question < 0 ? fragment : fragment[..question]);
        var values = Parameters(question < 0 ? "" : fragment[(question + 1)..]);
        var key = Bytes(values, "k");
        try
        {
            return new InviteLink(
                uri,
                channel.Normalize(),
                key is null ? null : new Secret(key),
                Bytes(values, "s"),
                Cut(RoomTitle.Clean(values.GetValueOrDefault("t")))
            )
            {
                Encrypted = key is not null || values.GetValueOrDefault("e") == "1",
                Invitation = values.GetValueOrDefault("i"),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>The whole link, secret included: whoever has it can read and write in the room.</summary>
    public string FormatWithSecret() => Format(RoomKey, Title, Invitation);

    /// <summary>The link without the room key, the invitation and the title: it shows where the room is, opens nothing, and may be posted.</summary>
    public string FormatWithoutSecret() => Format(null, null, null);

    /// <summary>Zeroes the room key.</summary>
    public void Dispose() => RoomKey?.Dispose();

    /// <summary>The link without the room key, the invitation and the title.</summary>
    public override string ToString() => FormatWithoutSecret();

    private string Format(Secret? key, string? title, string? invitation)
    {
        var link = new StringBuilder(Server.AbsoluteUri).Append("#/r/").Append(Uri.EscapeDataString(Channel));
        var separator = '?';
        void Add(string name, string? value)
        {
            if (value is not null)
            {
                link.Append(separator).Append(name).Append('=').Append(value);
                separator = '&';
            }
        }
        Add("k", key is null ? null : Base64Text.EncodeUrl(key.Reveal()));
        Add("s", RoomSalt is null ? null : Base64Text.EncodeUrl(RoomSalt));
        Add("i", invitation);
        Add("t", title is null ? null : Uri.EscapeDataString(title));
        Add("e", Encrypted ? "1" : null);
        return link.ToString();
    }

    private static Dictionary<string, string> Parameters(string query)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? pair : pair[..equals];
            if (!values.TryAdd(name, equals < 0 ? "" : Unescape(pair[(equals + 1)..])))
            {
                throw new FormatException("The link has the same part twice.");
            }
        }
        return values;
    }

    /// <summary>Percent-decoding as browsers do it: a plus is a plus, and bytes that are no UTF-8 are refused.</summary>
    private static string Unescape(string text)
    {
        var bytes = new List<byte>(text.Length);
        try
        {
            for (var at = 0; at < text.Length; at++)
            {
                if (text[at] == '%')
                {
                    bytes.AddRange(Convert.FromHexString(text.AsSpan(at + 1, 2)));
                    at += 2;
                }
                else
                {
                    var length = char.IsHighSurrogate(text[at]) ? 2 : 1;
                    bytes.AddRange(Derivation.StrictUtf8.GetBytes(text.Substring(at, length)));
                    at += length - 1;
                }
            }
            return Derivation.StrictUtf8.GetString(bytes.ToArray());
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new FormatException("The link is not proper percent-encoded UTF-8: was it cut off while copying?");
        }
    }

    /// <summary>A title is for show: one that is too long is cut, not a reason to refuse the room.</summary>
    private static string? Cut(string? title) =>
        title is null || title.Length <= RoomTitle.MaxLength
            ? title
            : title[..(RoomTitle.MaxLength - (char.IsHighSurrogate(title[RoomTitle.MaxLength - 1]) ? 1 : 0))];

    private static bool IsName(string text, int max) =>
        text.Length > 0 && text.Length <= max && !text.Contains('\uFFFD') && IsUnicode(text);

    private static bool IsUnicode(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (!Rune.TryGetRuneAt(text, at, out var rune))
            {
                return false;
            }
            at += rune.Utf16SequenceLength - 1;
        }
        return true;
    }

    private static byte[]? Bytes(Dictionary<string, string> values, string name) =>
        values.TryGetValue(name, out var text)
            ? Base64Text.DecodeUrl(text)
                ?? throw new FormatException($"The link's part {name}= is not base64url: was it cut off while copying?")
            : null;
}
