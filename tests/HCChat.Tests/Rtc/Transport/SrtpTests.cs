using System.Buffers.Binary;
using HCChat.Rtc.Transport;

namespace HCChat.Tests.Rtc.Transport;

/// <summary>The vectors of RFC 3711 appendix B and RFC 7714 sections 16 and 17, and what is refused.</summary>
public sealed class SrtpTests
{
    private const string Rtp =
        "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";

    private const string Rtcp =
        "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";

    private static readonly byte[] s_key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] s_salt = "Quid pro quo"u8.ToArray();

    public static TheoryData<int> Profiles => [1, 7, 8];

    [Fact]
    public void Keys_are_derived_as_in_RFC_3711_appendix_B_3()
    {
        var key = Hex("E1F97A0D3E018BE0D64FA32C06DE4139");
        var salt = Hex("0EC675AD498AFEEBB6960B3AABE6");
        Assert.Equal(Hex("C61E7A93744F39EE10734AFE3FF7A087"), SrtpKeys.Derive(key, salt, 0, 16));
        Assert.Equal(Hex("30CBBC08863D8C85D49DB34A9AE1"), SrtpKeys.Derive(key, salt, 2, 14));
        Assert.Equal(
            Hex(
                "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBC"
                    + "DDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2"
            ),
            SrtpKeys.Derive(key, salt, 1, 94)
        );
    }

    [Fact]
    public void The_key_stream_is_that_of_RFC_3711_appendix_B_2()
    {
        using var cipher = SrtpCipher.Create(
            SrtpProfile.Aes128CmHmacSha1,
            new SrtpKeys(Hex("2B7E151628AED2A6ABF7158809CF4F3C"), Hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"), new byte[20])
        );
        var buffer = new byte[12 + 48 + 10];
        cipher.ProtectRtp(buffer, 12, 60, 0, 0);
        Assert.Equal(
            Hex("E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0"),
            buffer[12..60]
        );
    }

    [Theory]
    [InlineData(
        7,
        16,
        "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce"
    )]
    [InlineData(
        8,
        32,
        "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13"
    )]
    public void Media_is_protected_as_in_RFC_7714_section_16(int profile, int keyLength, string expected)
    {
        using var sender = new SrtpSender(
            Cipher(profile, keyLength),
            Cipher(profile, keyLength),
            Sources(BinaryPrimitives.ReadUInt32BigEndian(Hex(Rtp).AsSpan(8)))
        );
        using var receiver = new SrtpReceiver(Cipher(profile, keyLength), Cipher(profile, keyLength));
        var packet = new byte[100];
        Hex(Rtp).CopyTo(packet, 0);
        var whole = packet[..sender.ProtectRtp(packet, 50)];
        Assert.Equal(Hex(Rtp[..24] + expected), whole);
        Assert.Equal(50, receiver.UnprotectRtp(whole));
        Assert.Equal(Hex(Rtp), whole[..50]);
    }

    [Theory]
    [InlineData(
        7,
        16,
        0x800005d4,
        "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4"
    )]
    [InlineData(
        8,
        32,
        0x800005d4,
        "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4"
    )]
    [InlineData(7, 16, 0x000005d4, Rtcp + "841dd9683dd78ec92ae58790125f62b3000005d4")]
    [InlineData(8, 32, 0x000005d4, Rtcp + "91db4afbfeee5a978fab4393ed2615fe000005d4")]
    public void Control_is_protected_as_in_RFC_7714_section_17(int profile, int keyLength, uint word, string expected)
    {
        using var cipher = Cipher(profile, keyLength);
        var packet = new byte[52 + 20];
        Hex(Rtcp).CopyTo(packet, 0);
        cipher.ProtectRtcp(packet, 52, 0x4d617273, word);
        Assert.Equal(Hex(expected), packet);
        using var receiver = new SrtpReceiver(Cipher(profile, keyLength), Cipher(profile, keyLength));
        Assert.Equal(52, receiver.UnprotectRtcp(packet));
        Assert.Equal(Hex(Rtcp), packet[..52]);
    }

    [Theory, MemberData(nameof(Profiles))]
    public void What_is_sent_comes_through_once_over_many_wraps_and_out_of_order(int profile)
    {
        var (sender, receiver) = Pair(profile);
        // Neighbours change places, also over the wraps.
        for (var i = 0; i < 3 * 65536; i += 2)
            foreach (var number in new[] { i + 1, i })
            {
                var packet = Packet(12, (ushort)(65530 + number), 20);
                var whole = packet.AsSpan(0, sender.ProtectRtp(packet, 32));
                var again = whole.ToArray();
                Assert.Equal(32, receiver.UnprotectRtp(whole));
                Assert.Equal(Packet(12, (ushort)(65530 + number), 20).AsSpan(0, 32), whole[..32]);
                Assert.Equal(-1, receiver.UnprotectRtp(again));
            }
        sender.Dispose();
        receiver.Dispose();
    }

    [Theory, MemberData(nameof(Profiles))]
    public void What_is_changed_on_the_way_is_refused_and_leaves_no_trace(int profile)
    {
        var (sender, receiver) = Pair(profile);
        var packet = Packet(7, 100, 40);
        var whole = packet[..sender.ProtectRtp(packet, 52)];
        foreach (var at in new[] { 1, 2, 4, 9, 12, 30, whole.Length - 1 })
        {
            var spoiled = whole.ToArray();
            spoiled[at] ^= 4;
            Assert.Equal(-1, receiver.UnprotectRtp(spoiled));
        }
        Assert.Equal(-1, receiver.UnprotectRtp(whole.ToArray().AsSpan(1)));
        Assert.Equal(52, receiver.UnprotectRtp(whole));
    }

    [Theory, MemberData(nameof(Profiles))]
    public void Control_comes_through_once_and_unchanged_only(int profile)
    {
        var (sender, receiver) = Pair(profile);
        for (var i = 0; i < 3; i++)
        {
            var packet = new byte[100];
            Hex(Rtcp).CopyTo(packet, 0);
            var whole = packet[..sender.ProtectRtcp(packet, 52)];
            var spoiled = whole.ToArray();
            spoiled[^1] ^= 1;
            Assert.Equal(-1, receiver.UnprotectRtcp(spoiled));
            var again = whole.ToArray();
            Assert.Equal(52, receiver.UnprotectRtcp(whole));
            Assert.Equal(Hex(Rtcp), whole[..52]);
            Assert.Equal(-1, receiver.UnprotectRtcp(again));
        }
    }

    [Theory, MemberData(nameof(Profiles))]
    public void A_number_is_never_encrypted_twice(int profile)
    {
        var (sender, _) = Pair(profile);
        Assert.True(sender.ProtectRtp(Packet(7, 100, 40), 52) > 0);
        Assert.Equal(-1, sender.ProtectRtp(Packet(7, 100, 40), 52));
        Assert.True(sender.ProtectRtp(Packet(7, 101, 40), 52) > 0);
        Assert.True(sender.ProtectRtp(Packet(8, 100, 40), 52) > 0);
    }

    [Fact]
    public void One_peer_has_a_bounded_number_of_sources()
    {
        var (sender, receiver) = Pair(7);
        for (var ssrc = 1u; ssrc <= SrtpReceiver.MaxSources + 1; ssrc++)
        {
            var packet = Packet(ssrc, 1, 10);
            var whole = packet.AsSpan(0, sender.ProtectRtp(packet, 22));
            // Who has no keys does not use them up.
            var forged = whole.ToArray();
            forged[^1] ^= 1;
            Assert.Equal(-1, receiver.UnprotectRtp(forged));
            Assert.False(receiver.IsUsedUp);
            Assert.Equal(ssrc <= SrtpReceiver.MaxSources ? 22 : -1, receiver.UnprotectRtp(whole));
        }
        Assert.True(receiver.IsUsedUp);
    }

    [Fact]
    public void A_source_that_has_ended_is_forgotten_and_never_encrypted_again()
    {
        var sources = new SrtpSources();
        using var sender = new SrtpSender(Cipher(7, 16), Cipher(7, 16), sources);
        var given = new HashSet<uint>();
        for (var i = 0; i < 10_000; i++)
        {
            var ssrc = sources.Begin();
            Assert.True(given.Add(ssrc));
            Assert.True(sender.ProtectRtp(Packet(ssrc, 1, 10), 22) > 0);
            sources.End(ssrc);
            Assert.Equal(-1, sender.ProtectRtp(Packet(ssrc, 2, 10), 22));
        }
        Assert.Equal(0, sources.Count);
    }

    [Theory, MemberData(nameof(Profiles))]
    public void Nothing_is_allocated_for_a_packet(int profile)
    {
        var (sender, receiver) = Pair(profile);
        var packet = Packet(7, 0, 1200);
        var control = new byte[100];
        Hex(Rtcp).CopyTo(control, 0);
        void Once(ushort number)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), number);
            receiver.UnprotectRtp(packet.AsSpan(0, sender.ProtectRtp(packet, 1212)));
            receiver.UnprotectRtcp(control.AsSpan(0, sender.ProtectRtcp(control, 52)));
        }
        for (ushort i = 0; i < 100; i++)
            Once(i);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (ushort i = 100; i < 1100; i++)
            Once(i);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
    }

    internal static (SrtpSender Sender, SrtpReceiver Receiver) Pair(int number)
    {
        var profile = (SrtpProfile)number;
        var key = s_key.AsSpan(0, profile.KeyLength);
        byte[] salt = [.. s_salt, 1, 2];
        return (
            new SrtpSender(
                profile,
                key,
                salt.AsSpan(0, profile.SaltLength),
                Sources([.. Enumerable.Range(1, SrtpReceiver.MaxSources + 1).Select(i => (uint)i)])
            ),
            new SrtpReceiver(profile, key, salt.AsSpan(0, profile.SaltLength))
        );
    }

    internal static byte[] Packet(uint ssrc, ushort sequence, int payload)
    {
        var packet = new byte[12 + payload + PeerTransport.Slack];
        (packet[0], packet[1]) = (0x80, 96);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
        for (var i = 0; i < payload; i++)
            packet[12 + i] = (byte)(i * 7 + sequence);
        return packet;
    }

    private static SrtpSources Sources(params uint[] numbers)
    {
        var sources = new SrtpSources();
        foreach (var number in numbers)
            sources.Begin(number);
        return sources;
    }

    private static SrtpCipher Cipher(int profile, int keyLength) =>
        SrtpCipher.Create((SrtpProfile)profile, new SrtpKeys(s_key[..keyLength], s_salt, []));

    private static byte[] Hex(string hex) => Convert.FromHexString(hex);
}
