using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HCChat.Protocol;

namespace HCChat.Client;

/// <summary>The lines of an outbox's file.</summary>
/// <param name="Session">The session of the run, which stands first.</param>
/// <param name="Messages">What has no answer, in the order of sending.</param>
/// <param name="Unreadable">Lines that are rubbish: cut off by a crash, or damaged.</param>
internal sealed record OutboxLog(StoredSession? Session, IReadOnlyList<StoredMessage> Messages, int Unreadable)
{
    private const int ChecksumLength = 16; // hexadecimal digits

    /// <summary>The line of a message: <c>+ id checksum frame</c>.</summary>
    public static byte[] Line(StoredMessage message) =>
        [
            .. Encoding.ASCII.GetBytes($"+ {message.Mid} {Checksum(message.Frame.Span)} "),
            .. message.Frame.Span,
            (byte)'\n',
        ];

    /// <summary>The line of a session: <c>= checksum session</c>.</summary>
    public static byte[] Line(StoredSession session)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(session);
        return [.. Encoding.ASCII.GetBytes($"= {Checksum(json)} "), .. json, (byte)'\n'];
    }

    /// <summary>The line of an answer.</summary>
    public static byte[] AnsweredLine(string mid) => Encoding.ASCII.GetBytes($"- {mid}\n");

    /// <summary>Reads a file to its end; what makes no sense is counted and passed over.</summary>
    public static OutboxLog Read(Stream file)
    {
        StoredSession? session = null;
        var (messages, unreadable) = (new List<StoredMessage>(), 0);
        var all = new byte[file.Length];
        var rest = all.AsMemory(0, file.ReadAtLeast(all, all.Length, throwOnEndOfStream: false));
        while (rest.Length > 0)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (end >= 0 && Message(line) is { } message)
            {
                messages.Add(message);
            }
            else if (end >= 0 && Answered(line) is { } mid)
            {
                messages.RemoveAll(waiting => waiting.Mid == mid);
            }
            else if (end >= 0 && SessionOf(line) is { } named)
            {
                session = named;
            }
            else
            {
                unreadable++;
            }
        }
        return new OutboxLog(session, messages, unreadable);
    }

    private static StoredMessage? Message(ReadOnlyMemory<byte> line)
    {
        var parts = Encoding.ASCII.GetString(line.Span[..Math.Min(line.Length, 64)]).Split(' ', 4);
        if (parts is not ["+", var mid, { Length: ChecksumLength } checksum, _] || !Names.IsMessageId(mid))
        {
            return null;
        }
        var frame = line[(mid.Length + ChecksumLength + 4)..];
        return checksum == Checksum(frame.Span) && IsFrameOf(frame, mid) ? new StoredMessage(mid, frame) : null;
    }

    private static StoredSession? SessionOf(ReadOnlyMemory<byte> line)
    {
        var json = line[Math.Min(line.Length, ChecksumLength + 3)..];
        if (!line.Span.StartsWith(Encoding.ASCII.GetBytes($"= {Checksum(json.Span)} ")))
        {
            return null;
        }
        try
        {
            return JsonSerializer.Deserialize<StoredSession>(json.Span) is { Token: not null } session ? session : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsFrameOf(ReadOnlyMemory<byte> frame, string mid)
    {
        try
        {
            using var json = JsonDocument.Parse(frame);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.Text("mid") == mid;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? Answered(ReadOnlyMemory<byte> line) =>
        line.Length <= 64 && Encoding.ASCII.GetString(line.Span) is ['-', ' ', .. var mid] && Names.IsMessageId(mid)
            ? mid
            : null;

    private static string Checksum(ReadOnlySpan<byte> frame) =>
        Convert.ToHexStringLower(SHA256.HashData(frame))[..ChecksumLength];
}
