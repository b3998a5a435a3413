using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using HCChat.Protocol;
using HCChat.Server.Attachments;
using HCChat.Server.Rooms;

namespace HCChat.Server.Api;

/// <summary>What is said of an object before it comes.</summary>
internal static class Announcement
{
    /// <summary>The most bytes that one request uploads; larger objects come in parts.</summary>
    public const long MaxPut = 64L << 20;

    /// <summary>The smallest part but the last, as S3 has it.</summary>
    public const long MinPart = 5L << 20;

    /// <summary>The most parts, as S3 has it.</summary>
    public const int MaxParts = 10_000;

    private const int IdBytes = 16;
    private const int MaxKey = 512;
    private const int MaxKeyBytes = 1024; // as S3 has it
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);
    private const int MaxType = 100;

    /// <summary>What a request has to say, in a sentence.</summary>
    public static string Rule(Quota quota) =>
        $"bytes: 1 to {quota.FileBytes}; above {MaxPut} with partBytes, from {MinPart} to {MaxPut}; sha256B64: a SHA-256 in Base64; contentType: at most {MaxType} characters.";

    /// <summary>What a request says of the object that is to come; null when that cannot be.</summary>
    /// <param name="isApp">Whether it is the app, which names the key and nothing else.</param>
    public static Attachment? Read(Incoming message, string room, Member me, bool isApp, Quota quota, TimeProvider time)
    {
        var (bytes, part) = (message.Integer("bytes") ?? 0, message.Integer("partBytes") ?? 0);
        var sha256 = message.String("sha256B64");
        var isSized =
            bytes >= 1
            && bytes <= quota.FileBytes
            && (
                part == 0 ? bytes <= MaxPut : part is >= MinPart and <= MaxPut && (bytes + part - 1) / part <= MaxParts
            );
        if (
            !(isApp || isSized)
            || (message.Has("partBytes") && message.Integer("partBytes") is null)
            || (message.Has("sha256B64") && !IsSha256(sha256))
            || (message.Has("contentType") && !IsType(message.String("contentType")))
        )
        {
            return null;
        }
        var id = NewId();
        return new Attachment(
            id,
            room,
            isApp ? message.String("objectKey")! : $"{Attachment.Folder}{NewId()}/{id}.bin",
            isApp ? 0 : bytes,
            isApp || part > 0 ? null : sha256,
            null,
            isApp ? 0 : part,
            isApp ? me.AddressName : OwnerOf(me),
            me.AddressName,
            AttachmentState.Pending,
            time.GetUtcNow().ToUnixTimeMilliseconds()
        );
    }

    /// <summary>The room in a key of the form <c>rooms/ROOM/…</c>, as the app makes them; null when it is not of that form.</summary>
    public static string? RoomOf(string key)
    {
        var segments = key.Split('/');
        var isKey =
            key.Length <= MaxKey
            && IsS3Key(key)
            && key.StartsWith(Attachment.AppFolder, StringComparison.Ordinal)
            && segments.Length >= 3
            && !key.Any(c => char.IsControl(c) || c is '\uFFFE' or '\uFFFF')
            && !key.Contains('\\', StringComparison.Ordinal)
            && segments.All(s => s is not ("" or "." or ".."));
        return isKey ? segments[1] : null;
    }

    /// <summary>A secret by which an upload is taken up again by whoever has it: 128 bits.</summary>
    public static string NewClaim() => NewId();

    /// <summary>As whom somebody's objects are written down.</summary>
    public static string OwnerOf(Member me) => me.Identities.FirstOrDefault() ?? "session:" + me.SessionId;

    // No store takes what has no UTF-8, or too much of it.
    private static bool IsS3Key(string key)
    {
        try
        {
            return s_strict.GetByteCount(key) <= MaxKeyBytes;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    private static bool IsSha256(string? text) =>
        text is { Length: 44 } && Convert.TryFromBase64String(text, new byte[32], out var length) && length == 32;

    private static bool IsType(string? text) =>
        text is { Length: > 0 and <= MaxType } && text.All(c => c is >= ' ' and < (char)127);

    private static string NewId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdBytes));
}
