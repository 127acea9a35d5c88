"""Which conversation may act for which patient."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.hospital.codes import find_code
from bot.hospital.errors import LockedOut, MalformedCode, NotAllowed, NotBound, WrongCode
from bot.hospital.memory import MemorySms
from bot.hospital.model import FAMILY_CODE_LIFE, LOCK, IdentityClaim, Person, SlotQuery
from bot.hospital.ports import Hospital
from tests.contract.conftest import CODE, NOW, OLD_CODE, OTHER_CODE, WRONG

CLAIM = IdentityClaim("王小雨", "999999199203070024", "19900000001")


async def test_a_code_binds_once(hospital: Hospital) -> None:
    made = await hospital.bind_by_code("me", f"我的绑定码是{CODE.lower().replace('-', '')}，谢谢", NOW)
    assert (made.conversation, made.patient_id, made.relation, made.scope, made.how, made.since) == ("me", "p1", "self", ("booking", "reports"), "code", NOW)
    assert (made.label, made.linked) == ("王**", ("card", "id"))
    assert await hospital.bindings("me") == (made,) and await hospital.bindings("you") == ()
    with pytest.raises(WrongCode):
        await hospital.bind_by_code("you", CODE, NOW)


async def test_of_two_who_use_a_code_at_once_one_is_bound(hospital: Hospital) -> None:
    done = await asyncio.gather(*(hospital.bind_by_code(f"c{x}", CODE, NOW) for x in range(5)), return_exceptions=True)
    assert sorted(type(x).__name__ for x in done) == ["Binding", *["WrongCode"] * 4]


@pytest.mark.parametrize("text", ["", "123456", "B7K2-M9Q", "B7K2-M9Q2", "K7B2-M9QA", "没有码", "<b>x</b>", "BBBB-BBBB"])
async def test_what_no_code_looks_like_counts_as_no_attempt(hospital: Hospital, text: str) -> None:
    for _ in range(7):
        with pytest.raises(MalformedCode):
            await hospital.bind_by_code("me", text, NOW)
    assert await hospital.bind_by_code("me", CODE, NOW)


async def test_five_wrong_codes_lock_for_a_day(hospital: Hospital) -> None:
    for left in (4, 3, 2, 1):
        with pytest.raises(WrongCode) as told:
            await hospital.bind_by_code("me", WRONG, NOW)
        assert told.value.left == left
    with pytest.raises(LockedOut) as locked:
        await hospital.bind_by_code("me", WRONG, NOW)
    assert locked.value.until == NOW + LOCK
    for attempt in (hospital.bind_by_code("me", CODE, NOW), hospital.claim_identity("me", CLAIM, NOW), hospital.prove_identity("me", "x", "1", NOW)):
        with pytest.raises(LockedOut):
            await attempt
    await hospital.forget("me")
    with pytest.raises(LockedOut):
        await hospital.bind_by_code("me", CODE, NOW + LOCK - timedelta(seconds=1))
    assert await hospital.bind_by_code("me", CODE, NOW + LOCK)
    assert await hospital.bind_by_code("you", OTHER_CODE, NOW)


async def test_an_old_a_used_and_a_wrong_code_are_told_alike(hospital: Hospital) -> None:
    await hospital.bind_by_code("you", CODE, NOW)
    told = []
    for number, code in enumerate((OLD_CODE, CODE, WRONG)):
        with pytest.raises(WrongCode) as wrong:
            await hospital.bind_by_code(f"c{number}", code, NOW)
        told.append(str(wrong.value))
    assert len(set(told)) == 1


async def test_the_right_code_clears_the_count_and_a_day_does_too(hospital: Hospital) -> None:
    for _ in range(3):
        with pytest.raises(WrongCode):
            await hospital.bind_by_code("me", WRONG, NOW)
    await hospital.bind_by_code("me", CODE, NOW)
    with pytest.raises(WrongCode) as told:
        await hospital.bind_by_code("me", WRONG, NOW)
    assert told.value.left == 4
    with pytest.raises(WrongCode) as told:
        await hospital.bind_by_code("me", WRONG, NOW + LOCK)
    assert told.value.left == 4


@pytest.mark.parametrize("number", ["999999199203070024", "D1"])
async def test_identity_and_a_code_by_telephone_bind(hospital: Hospital, sms: MemorySms, number: str) -> None:
    challenge = await hospital.claim_identity("me", IdentityClaim("王小雨", number, "19900000001"), NOW)
    (phone, code, conversation), = sms.sent
    assert (phone, conversation) == ("19900000001", "me") and code.isdigit() and len(code) == 6
    made = await hospital.prove_identity("me", challenge.id, code, NOW)
    assert (made.patient_id, made.how, made.relation) == ("p1", "identity", "self")
    with pytest.raises(WrongCode):
        await hospital.prove_identity("me", challenge.id, code, NOW)


@pytest.mark.parametrize("claim", [
    IdentityClaim("王大雨", "999999199203070024", "19900000001"), IdentityClaim("王小雨", "999999199203070025", "19900000001"),
    IdentityClaim("王小雨", "999999199203070024", "19900000002"), IdentityClaim("王小雨", "", ""), IdentityClaim("", "", ""),
])
async def test_a_wrong_claim_looks_like_a_right_one_and_sends_nothing(hospital: Hospital, sms: MemorySms, claim: IdentityClaim) -> None:
    right = await hospital.claim_identity("you", CLAIM, NOW)
    wrong = await hospital.claim_identity("me", claim, NOW)
    assert right.until == wrong.until and len(right.id) == len(wrong.id) and len(sms.sent) == 1
    with pytest.raises(WrongCode):
        await hospital.prove_identity("me", wrong.id, sms.sent[0][1], NOW)


async def test_a_code_by_telephone_is_the_conversations_and_runs_out(hospital: Hospital, sms: MemorySms) -> None:
    challenge = await hospital.claim_identity("me", CLAIM, NOW)
    code = sms.sent[0][1]
    for who, when in (("you", NOW), ("me", challenge.until)):
        with pytest.raises(WrongCode):
            await hospital.prove_identity(who, challenge.id, code, when)


async def test_claims_are_counted_too(hospital: Hospital, sms: MemorySms) -> None:
    for _ in range(5):
        await hospital.claim_identity("me", CLAIM, NOW)
    with pytest.raises(LockedOut):
        await hospital.claim_identity("me", CLAIM, NOW)
    assert len(sms.sent) == 5


def test_a_claim_does_not_show_itself() -> None:
    assert "王" not in repr(CLAIM) and "9999" not in repr(CLAIM)


async def test_a_family_member_sees_what_the_patient_ticked(hospital: Hospital) -> None:
    await hospital.bind_by_code("me", CODE, NOW)
    invitation = await hospital.invite_family("me", ["reports"], NOW)
    assert find_code(invitation.code) == invitation.code and invitation.until == NOW + FAMILY_CODE_LIFE and invitation.code not in repr(invitation)
    made = await hospital.bind_by_code("husband", invitation.code, NOW)
    assert (made.patient_id, made.relation, made.scope) == ("p1", "family", ("reports",))
    assert (await hospital.orders("husband", ("hcg",), NOW)).orders[0].state == "visible"
    assert await hospital.family("me") == (made,)
    with pytest.raises(NotAllowed):
        await hospital.appointments(Person("husband", "p1"), NOW)


async def test_a_family_code_runs_out_and_counts_once(hospital: Hospital) -> None:
    await hospital.bind_by_code("me", CODE, NOW)
    late = await hospital.invite_family("me", ["reports"], NOW)
    used = await hospital.invite_family("me", ["reports"], NOW)
    await hospital.bind_by_code("husband", used.code, NOW)
    for code, when in ((late.code, late.until), (used.code, NOW)):
        with pytest.raises(WrongCode):
            await hospital.bind_by_code("aunt", code, when)


async def test_only_the_patient_herself_invites_and_revokes(hospital: Hospital) -> None:
    await hospital.bind_by_code("me", CODE, NOW)
    made = await hospital.bind_by_code("husband", (await hospital.invite_family("me", ["reports", "booking"], NOW)).code, NOW)
    for act in (hospital.invite_family("husband", ["reports"], NOW), hospital.family("husband"), hospital.revoke("nobody", made.id, NOW)):
        with pytest.raises(NotBound):
            await act
    await hospital.bind_by_code("other", OTHER_CODE, NOW)
    await hospital.revoke("other", made.id, NOW)
    assert await hospital.bindings("husband") == (made,)
    await hospital.revoke("me", made.id, NOW)
    assert await hospital.bindings("husband") == ()
    with pytest.raises(NotBound):
        await hospital.orders("husband", (), NOW)


async def test_unbinding_ends_ones_own_binding_only(hospital: Hospital) -> None:
    mine = await hospital.bind_by_code("me", CODE, NOW)
    await hospital.unbind("you", mine.id, NOW)
    assert await hospital.bindings("me") == (mine,)
    await hospital.unbind("me", mine.id, NOW)
    await hospital.unbind("me", mine.id, NOW)
    assert await hospital.bindings("me") == ()


async def test_ones_own_card_comes_first(hospital: Hospital) -> None:
    await hospital.bind_by_code("other", OTHER_CODE, NOW)
    invitation = await hospital.invite_family("other", ["reports"], NOW)
    await hospital.bind_by_code("me", invitation.code, NOW)
    await hospital.bind_by_code("me", CODE, NOW)
    assert [(x.patient_id, x.relation) for x in await hospital.bindings("me")] == [("p1", "self"), ("p2", "family")]
    assert (await hospital.orders("me", ("semen",), NOW)).orders == ()
    assert (await hospital.orders("me", ("semen",), NOW, patient_id="p2")).orders[0].state == "visible"


async def test_forgetting_leaves_nothing_under_the_key(hospital: Hospital) -> None:
    bound = await hospital.bind_by_code("me", CODE, NOW)
    person = Person("me", bound.patient_id)
    slots = (await hospital.free(SlotQuery(doctors=("a",), limit=9), NOW)).slots
    await hospital.confirm((await hospital.hold(slots[0].id, person, "r1", NOW)).id, person, NOW)
    await hospital.hold(slots[1].id, person, "r2", NOW)
    await hospital.watch(SlotQuery(("cycle",)), person, NOW)
    await hospital.forget("me")
    assert await hospital.bindings("me") == () and await hospital.watching("me", NOW) == () and await hospital.appointments(Person("me"), NOW) == ()
    left = [x.id for x in (await hospital.free(SlotQuery(doctors=("a",), limit=9), NOW)).slots]
    assert slots[0].id not in left and slots[1].id in left


async def test_what_she_had_allowed_ends_when_she_is_forgotten(hospital: Hospital) -> None:
    await hospital.bind_by_code("me", CODE, NOW)
    used, unused = [await hospital.invite_family("me", ["reports", "booking"], NOW) for _ in range(2)]
    await hospital.bind_by_code("husband", OTHER_CODE, NOW)
    made = await hospital.bind_by_code("husband", used.code, NOW)
    await hospital.watch(SlotQuery(("cycle",)), Person("husband", made.patient_id), NOW)
    assert await hospital.forget("me") == 3, "a binding and two codes"
    assert [x.relation for x in await hospital.bindings("husband")] == ["self"] and await hospital.watching("husband", NOW) == ()
    with pytest.raises(NotBound):
        await hospital.orders("husband", ("hcg",), NOW, patient_id="p1")
    with pytest.raises(WrongCode):
        await hospital.bind_by_code("aunt", unused.code, NOW)
    assert await hospital.forget("me") == 0


async def test_what_another_of_her_conversations_allowed_stays(hospital: Hospital, sms: MemorySms) -> None:
    await hospital.bind_by_code("me", CODE, NOW)
    challenge = await hospital.claim_identity("tablet", CLAIM, NOW)
    await hospital.prove_identity("tablet", challenge.id, sms.sent[0][1], NOW)
    made = await hospital.bind_by_code("husband", (await hospital.invite_family("tablet", ["reports"], NOW)).code, NOW)
    assert await hospital.forget("me") == 0
    assert await hospital.bindings("husband") == (made,)
    assert await hospital.forget("husband") == 0 and len(await hospital.bindings("tablet")) == 1
