using System.Net;
using System.Security.Cryptography;
using System.Text;
using HCChat.Rtc.Transport;

#pragma warning disable CA5350 // ICE knows no other.

namespace HCChat.Tests.Rtc.Transport;

/// <summary>The vectors of RFC 5769, and what is no check.</summary>
public sealed class StunTests
{
    private const string Password = "VOkJxbRl1RmTxUk/WvJxBt";

    private static readonly byte[] s_request = Convert.FromHexString(
        "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36"
            + "000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
    );

    [Fact]
    public void The_sample_request_of_RFC_5769_section_2_1_is_read_and_proved()
    {
        Assert.True(StunRequest.TryRead(s_request, out var request));
        Assert.Equal("evtj:h6vY", Encoding.UTF8.GetString(request.User));
        Assert.Equal("evtj", Encoding.UTF8.GetString(request.Ufrag));
        Assert.False(request.UseCandidate);
        Assert.True(request.IsFrom(Encoding.UTF8.GetBytes(Password)));
        Assert.False(request.IsFrom("VOkJxbRl1RmTxUk/WvJxBT"u8));
    }

    [Fact]
    public void The_sample_addresses_of_RFC_5769_are_written_as_there()
    {
        Assert.True(StunRequest.TryRead(s_request, out var request));
        Assert.Equal("00200008" + "0001a147e112a643", Mapped(request, "192.0.2.1"));
        Assert.Equal("00200008" + "0001a147e112a643", Mapped(request, "::ffff:192.0.2.1"));
        Assert.Equal(
            "00200014" + "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9",
            Mapped(request, "2001:db8:1234:5678:11:2233:4455:6677")
        );
    }

    [Fact]
    public void An_answer_carries_the_transaction_an_integrity_and_a_fingerprint()
    {
        Assert.True(StunRequest.TryRead(s_request, out var request));
        var answer = new byte[Stun.LongestAnswer];
        var from = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 32853).Serialize();
        answer = answer[..Stun.WriteSuccess(request, from, "secret"u8, answer)];
        Assert.Equal(s_request[4..20], answer[4..20]);
        Assert.True(Stun.IsFingerprint(answer.AsSpan(0, answer.Length - 8), answer.AsSpan(answer.Length - 4)));
        Assert.True(answer.Length <= s_request.Length, "An answer is no longer than what asks for it.");
        // The integrity covers what is before it, with the length that ends at it (RFC 5389 section 15.4).
        var before = answer[..^32];
        (before[2], before[3]) = (0, (byte)(before.Length + 24 - 20));
        Assert.Equal(HMACSHA1.HashData("secret"u8, before), answer[^28..^8]);
    }

    [Fact]
    public void A_request_with_a_wrong_fingerprint_or_none_of_the_parts_is_none()
    {
        foreach (var at in new[] { 0, 1, 3, 4, 30, 60, s_request.Length - 1 })
        {
            var spoiled = s_request.ToArray();
            spoiled[at] ^= 1;
            Assert.False(StunRequest.TryRead(spoiled, out _));
        }
        Assert.False(StunRequest.TryRead(s_request.AsSpan(0, s_request.Length - 8), out _));
        Assert.False(StunRequest.TryRead(s_request.AsSpan(0, 20), out _));
        Assert.False(StunRequest.TryRead([], out _));
    }

    [Fact]
    public void What_stands_behind_the_integrity_changes_nothing()
    {
        var check = StunMessages.Check("abcdefgh:x", "secret", useCandidate: false, fingerprint: false);
        byte[] longer = [.. check, 0, 0x25, 0, 0];
        (longer[2], longer[3]) = (0, (byte)(longer.Length - 20));
        Assert.True(StunRequest.TryRead(longer, out var request));
        Assert.False(request.UseCandidate);
        Assert.True(request.IsFrom("secret"u8));
    }

    [Fact]
    public void A_check_without_a_fingerprint_is_taken_and_says_what_it_chooses()
    {
        Assert.True(
            StunRequest.TryRead(StunMessages.Check("abcdefgh:x", "secret", fingerprint: false), out var request)
        );
        Assert.True(request.UseCandidate);
        Assert.True(request.IsFrom("secret"u8));
        Assert.Equal(IceCredentials.KeyOf("abcdefgh"u8), IceCredentials.KeyOf(request.Ufrag));
    }

    [Fact]
    public void Crc32_has_the_check_value_of_the_standard() => Assert.Equal(0xcbf43926, Stun.Crc32("123456789"u8));

    private static string Mapped(in StunRequest request, string address)
    {
        var answer = new byte[Stun.LongestAnswer];
        var length = Stun.WriteSuccess(
            request,
            new IPEndPoint(IPAddress.Parse(address), 32853).Serialize(),
            "x"u8,
            answer
        );
        return Convert.ToHexString(answer.AsSpan(20, length - 20 - 32)).ToLowerInvariant();
    }
}
