"""Messages that name signs and are none, by kind; messages with the same words that are; and the known failures, each with its reason.

Written in three sets, each tried before the files were changed for it: taken for certain 57 of 120, then 22 of 80 (32 before the first change),
then 3 of 40 (10 before the first change).

`guard_lines.tsv` holds twenty-three more lists, each tried before the files were changed for it; of each, what is now taken for what it is. Taken for an
emergency that were none, Chinese and English: first 4 of 101 and 10 of 155, between 17 of 134 (English only), second 6 of 40 and 10 of 60, third 6 of
40 and 5 of 60, fourth 3 of 60 and 9 of 60, fifth (of the kinds the rules were weak at) 11 of 40 and 8 of 40, sixth 3 of 30 and 3 of 30. Emergencies seen:
first 72 of 80 and 91 of 100, second 34 of 40 and 35 of 40, third 23 of 25 and 21 of 25, fourth 58 of 60 and 50 of 60, fifth 27 of 30 and 22 of 30,
sixth 27 of 30 and 24 of 30. The seventh (told to watch for, figures of speech, blood drawn, answers of no, strangers, marks of a needle, much urine)
was written in two halves: taken for an emergency 13 of 42 and 12 of 43 that were none before any change, then 7 of 42 and 8 of 41 after the first;
emergencies seen 29 of 30 and 9 of 10. Eighth 3 of 20 and 2 of 20; emergencies seen 17 of 20 and 12 of 20. Ninth (lists of what to watch for, quoted
print, figures of waiting, blood drawn) 4 of 16 and 10 of 16 before any change; emergencies seen 14 of 16 and 13 of 16; nine look-alikes and ten emergencies
more after the first change: 1 taken for one, 8 seen; then one and fourteen: none taken, 11 seen, of the three missed two before any change too (left out).
Tenth to twelfth (indirect on purpose: postures, results, means at hand, farewells), each of 30 and 30 in Chinese, 42 and 42 in English, taken for an
emergency 2, 1 and 3, and 3, 5 and 4; emergencies seen 21, 25 and 23, and 25, 23 and 26. Thirteenth, in English, words of the new rules in everyday use: 10 of
36 taken for one; emergencies seen 9 of 10. Fourteenth, in English: 1 of 15 and 9 of 15. Fifteenth (pinyin, quoted posts,
answers in brackets, animals, means at hand), tried after the change, 20 and 20 each: 2 and 2 of 20; seen 16 and 16 of 20 (before: 3 and 10; 13 and 13).
Sixteenth (self-injury in clipped sentences, and blades for other things), two halves: before any change 4 of 14 and 5 of 14 taken for one, 2 of 12 and 2 of 12
seen; after it, new lines: 2 of 8 and 3 of 8, 5 of 8 and 7 of 8. What was still missed or taken after a change is left out.
Seventeenth (figures of speech, what stopped, relatives, forms, jokes with the words of signs, both languages): written in batches while the rules were made,
so no list that was new to them. Eighteenth, in English (blows to the belly and road accidents, posture and what she can no longer do, farewells and height in
indirect words), a part of what was written: before any change 7 of 60 taken for one, 16 of 60 seen for certain; new lines after the first change 1 of 30 and
9 of 30 (without it 1 and 2), after the second 6 of 34 and 15 of 24 (1 and 3), after the third 2 of 17 and 8 of 10 (none and 1). Twelve further lines of it, both languages, are what
an acceptance test missed or alarmed at.
Nineteenth, in English (hyperbole, a bit of blood, seen by a doctor, old stories, wrong boxes; and understated emergencies with these words): the kinds before any
change 26 of 144 taken for one, 23 of 35 seen for certain, 7 of 17 that are to be asked about; then three lists new to the rules, tried first and mended after: 3, 10 and 2 of 60, 60 and 35 taken for one, 34, 16
and 14 of 40, 20 and 20 seen. What was still missed is left out.
Twentieth (what the rules were weak at, English above all) and twenty-first (Chinese): what is now taken for what it is.
Twenty-second, in Chinese (pinyin, homophones of speech, words told with gaps, breath by what she cannot do, whole strips, farewells by preparations; walls,
rolled eyes, blood not yet drawn), a third of them known to fail: before any change 20 of 101 taken for one, 62 of 117 seen. Twenty-third, in Chinese, new to
the rules, in three parts mended one after the other: 2 of 40, 4 of 30 and 1 of 20 taken for one; 25 of 30, 9 of 20 and 15 of 20 seen; and lines written
against the new rules. What is still missed is left out.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bot.guard import Guard

LINES = Path(__file__).with_name("guard_lines.tsv")

LOOK_ALIKES = {
    "written": [
        "同意书上写着取卵可能会大出血，这个要家属签字吗",
        "宣传册里说剧烈腹痛要马上去急诊，这本册子还有多的吗",
        "表上有一栏是晕倒过吗，我不知道怎么填",
        "单子上印着“如有发热、腹痛、出血请立即就诊”，电话印糊了是多少",
        "护士站墙上贴着胸痛、呼吸困难打120，那个海报能拍照吗",
        "知情同意里提到呼吸困难、胸水这些并发症，签字要两个人都到吗",
        "The leaflet says to seek help for severe abdominal pain or heavy bleeding, where do I get a second copy",
        "Consent form mentions haemorrhage and infection, do both partners have to sign it",
        "The sheet you gave me lists fainting and shortness of breath, is it the same sheet for frozen transfers",
        "Your poster in the lobby says call 120 for chest pain, who made it, very nice",
        "the discharge instructions say go to A&E with fever over 38 or heavy bleeding. Who do I email for an English version",
        "There's a box on the form for \"blacked out in the last 12 months\", do I tick no",
        "护士发的术后单上列了剧痛、高热、昏厥，我想问单子丢了能补吗",
        "诊室门上贴的那张纸说大量出血要去急诊，是几楼的急诊",
        "签字的那页讲了卵巢扭转、血栓这些，我没看懂，谁能讲讲",
        "公众号文章里写胸闷气短要及时就诊，文章链接能再发我吗",
        "The pamphlet in the goody bag talks about fainting and clots, who translated it",
        "On page two of the booklet it mentions shortness of breath. Is the booklet online too",
        "An ad in the lift promises no more bloating or pelvic pain, is that you",
        "my discharge paper lists: vomiting, severe pain, bleeding. It has no phone number on it",
        "绿色那本手册第三页讲到高热寒战，我这本少了第三页",
        "签字表上写的大出血概率是多少，能再看一眼吗",
        "The fridge magnet you hand out says severe pain, call 120. Can I have another",
        "Your website's warning page mentions blood clots and chest pain, link is broken",
    ],
    "asked, and answered no": [
        "医生问我有没有出血发热，我说都没有，这样可以移植了吧",
        "护士打电话问肚子疼不疼、有没有呼吸困难，都没有，她说那就按时复查",
        "问卷问有没有晕倒、胸痛，我全填的否",
        "刚才回访问我有没有大出血，我说没有，挺好的",
        "B超医生问有没有剧烈腹痛，我回答没有",
        "麻醉师问过敏、哮喘、抽搐这些有没有，我说一个都没有",
        "The nurse asks about bleeding or fever. I've had neither. When is my scan",
        "The app asks if I have severe pain or fainting, I answered no to all, what next",
        "Doctor asked whether I had chest pain or trouble breathing and I said no. Can I book the transfer",
        "Questionnaire wants to know about seizures and blackouts. None of those. Do I still hand it in",
        "she asked me about suicidal thoughts on the form, I ticked no, is it confidential",
        "you asked about vomiting and belly pain, I have none of that, just want the appointment",
        "护士电话随访，问发烧吗出血吗肚子疼吗，我都说没，她就挂了",
        "大夫查房问有没有喘不上气，我答没有，他说可以出院",
        "机器人问我是不是头晕眼黑，我选了否，怎么还不让我预约",
        "随访表让填是否昏厥、是否胸痛，我都填无",
        "nurse rang and asked whether I'm bleeding, told her no, when do I come next",
        "They ask every time about leg pain and swelling. Never had it. Do I need to answer each visit",
        "On the phone she asked about fainting, headaches, vision. None. So which day is transfer",
        "主任问诊的时候问胸闷憋气有没有，我说没有的事，就让我走了",
        "电话里护士问有没有流血，我讲没得，她就叫我按时来",
        "the survey asked about thoughts of self harm, I put never, will anyone see it",
        "Nurse: any bleeding? Me: none. So can I skip Thursday",
    ],
    "names of places": [
        "胸痛中心在几号楼",
        "我家附近医院是卒中中心，促排能在那边打针吗",
        "去中毒急救中心那栋楼后面的停车场可以停吗",
        "发热门诊旁边那个门能进生殖中心吗",
        "出血热疫苗打了多久可以移植",
        "疼痛科和生殖科在一层吗，我走到痛症中心那边去了",
        "Is the chest pain centre in the same building as your clinic",
        "the taxi dropped me at the stroke unit, which way to the IVF floor",
        "poison centre car park, is it free for IVF patients",
        "is the fever clinic entrance the one next to the pharmacy",
        "my husband works at the trauma centre, can he give blood there",
        "Do I pass the seizure clinic or the bleeding disorders unit to get to you",
        "从出血性疾病门诊那边过来能不能直接上五楼",
        "卒中单元楼下有停车位吗",
        "我老公在市急救中毒科上班，他能请假陪我吗",
        "你们隔壁是不是过敏反应科，我走错楼了",
        "Is parking nearer at the stroke centre or the main gate",
        "I was sent to the breathing clinic by mistake, where is reproductive medicine",
        "my appointment letter says Chest Pain Unit, level 2, surely wrong",
        "which bus stops at the poison control centre, it's next to you right",
        "从脑卒中筛查门诊出来左转是你们吗",
        "我妈在血栓门诊看病，同一天能一起挂号吗",
        "do I enter through the fever clinic or the main hall",
        "is the pain management unit on your floor",
    ],
    "planning ahead": [
        "要是半夜突然出血打哪个电话，我先存上",
        "万一晚上肚子疼得厉害应该找谁，提前问一下",
        "过年回老家，如果在老家晕倒了或者出血了，当地医院能处理吗",
        "先了解一下，取完卵回家发高烧的话去哪里，号码我记下来",
        "出差带着药，路上突然喘不上气该打120还是打你们，有备无患",
        "提前存个电话，哪天大出血好打",
        "in case I bleed at night, which number do I call, want to save it",
        "just planning ahead: if I get severe pain after retrieval do I go to you or the local hospital",
        "We live two hours away. Should heavy bleeding start on a Sunday, who answers the phone",
        "Before I fly home, tell me where to go if I faint or have trouble breathing over there",
        "saving numbers in my phone, who do I ring for sudden belly pain at 3am, nothing wrong at the moment",
        "let me know the emergency line for the holidays in case of heavy bleeding",
        "先问好：回去路上要是晕了该打谁的电话",
        "我们住郊区，夜里若是流血多，去区医院行不行，先做个打算",
        "还没取卵呢，先问问取完痛得厉害该找哪个科",
        "国庆你们放假，万一那几天高烧怎么联系医生",
        "if my belly swells up badly at the weekend, is anyone there",
        "For later: where do patients go when they bleed heavily on a holiday",
        "can you tell me beforehand whom to phone if I pass out at home",
        "my husband wants a plan for emergencies, say I collapse at 2am, whom does he call",
        "下周一个人在家，想提前知道肚子剧痛时该按哪个键找护士",
        "要是哪天晚上喘不上气，值班电话能打通吗，我先记着",
        "who would I call if I fainted on the train home next week, asking early",
        "In case of heavy bleeding over New Year, is your emergency desk open",
    ],
    "an old past, told by an event": [
        "大学时候痛经疼晕过，这个要写进病史吗",
        "生老大那年大出血输过血，这次要提前跟医生说吗",
        "上小学的时候抽搐过一次，需要查脑电图吗",
        "结婚那会儿得过荨麻疹全身起疹子，还喘不上气，后来没犯过",
        "读高中那阵子割过手腕，建档要说吗",
        "怀老大的时候胸痛住过院，要带当时的病历吗",
        "When I was pregnant with my first I bled heavily, do I have to bring those records",
        "At my wedding I fainted from the heat, does that count as medical history",
        "In primary school I had a seizure, should I mention it to the anaesthetist",
        "back at uni I cut my wrists, do I have to put that on the form",
        "the summer we got engaged I had a blood clot in my leg, do I need a test for it",
        "during my appendix operation I had an allergic reaction to the anaesthetic, who do I tell",
        "读研那几年抑郁，吞过安眠药，麻醉前要不要告诉医生",
        "我十六岁骑车摔断过腿打过钢板，能做造影吗",
        "坐月子那时候大出血，子宫做过栓塞，还能移植吗",
        "高三那年肺炎烧到四十度，肺上有疤，麻醉要紧吗",
        "On our honeymoon I had a terrible allergic reaction to shellfish, add it to my file?",
        "In my teens I took an overdose, does the clinic need to know",
        "after my eldest was born I haemorrhaged and got two units, shall I bring the letter",
        "I fainted at my graduation, is a tilt test needed before anaesthesia",
        "初中跑八百米晕倒过，抽血单子要备注吗",
        "怀老大七个月时见红保胎，这次要告诉医生吗",
        "as a student I had a seizure after no sleep, does it matter for anaesthesia",
        "I bled a lot having my son in 2017, is that on file",
    ],
    "a relative's old story": [
        "我姑姑二十多年前宫外孕大出血，救过来了，现在孙子都有了",
        "我表姐多年前取卵后肚子胀得喘不上气，住了一周院就好了，现在娃都上学了",
        "我妈年轻时生我大出血，好在没事，会遗传吗",
        "我奶奶早些年中风过，后来恢复得很好，我打雌激素有影响吗",
        "小姨好多年前吃过一整瓶安眠药，幸好抢救过来了，现在过得挺好，建档问家族史要说吗",
        "我舅妈十几年前做试管晕倒过，最后生了龙凤胎",
        "my aunt collapsed after her retrieval many years ago, she has twins now and is perfectly well",
        "years ago my mum had a huge bleed with an ectopic, she pulled through and had me after",
        "My grandmother had a stroke decades ago and lived to 95, does that matter for estrogen",
        "my cousin had terrible pain after her egg collection years back, turned out fine, now she has a boy",
        "My sister swallowed a whole bottle of pills as a teenager, she's a happy mum today, family history question",
        "a great aunt had a blood clot in her leg years ago and recovered fully, should I say so",
        "我嫂子很久以前宫外孕破裂差点没命，现在身体倍儿棒，两个娃",
        "外婆当年脑梗半边身子动不了，后来能走能跳活到九十",
        "以前住一个宿舍的姐妹试管取卵后腹水喘不上气，治好了，孩子都三岁了",
        "我大姨早先烧到四十度抽过，没留后遗症，家族史要写吗",
        "my aunt tried to kill herself decades ago, she is fine today. do I list that under family history",
        "我大伯母三十多年前难产大出血，母女平安，没事的",
        "同学她姐好几年前促排腹水住院，早好了，孩子上幼儿园了",
        "my mum's cousin bled terribly after a transfer, ages ago, and had a healthy girl",
        "an old friend was hospitalised with swollen belly and breathlessness after IVF, ten years on she has three kids",
        "my neighbour fainted after her pickup a few years ago and was right as rain next day",
        "mum took too many sleeping pills once when I was small, she recovered long ago",
    ],
    "told to watch for, and well": [
        "说要注意呼吸困难，目前呼吸正常，明天还要去复查吗",
        "护士让观察出血，到现在一直很干净，可以洗澡了吗",
        "让我测体温看发不发烧，量了36.5，正常，还要继续量吗",
        "让留意肚子疼，一天下来都好好的，下次复查哪天",
        "血压95/60护士说正常，我可以打针吗",
        "术后说可能会头晕，我状态很稳定没啥感觉，几点可以走",
        "They said watch for breathlessness. So far breathing is normal. When is the next scan",
        "told to look for heavy bleeding, all clean so far, may I shower",
        "Nurse said measure for fever: 36.4, all normal, keep measuring?",
        "was warned about severe bloating, my belly is flat and fine, do I still come on Friday",
        "asked to keep an eye on leg swelling, both legs look the same as ever. can I fly",
        "bp 95/60 and they told me that's normal for me, can I start the injections",
        "医生交代注意胸闷，今天上班走路都轻松，报告几点出",
        "说是当心发热，体温一直36度5左右，没问题吧",
        "嘱咐看看腿肿不肿，两条腿都正常，能坐飞机吗",
        "取卵后让关注尿量，尿得挺多的，复查还是周四吗",
        "I was to look out for fever; thermometer says 36.6, fine. Same appointment?",
        "supposed to report any heavy bleeding but it's all dry and clean, may I swim",
        "Nurse mentioned dizziness might come, I feel great though. Can I drive",
        "They told me to check for leg pain, legs are fine. Should I still wear the stockings",
        "让盯着有没有见红，今天第五天啥也没有，可以上班吗",
        "叮嘱注意体温，36度8，一切正常，洗头行吗",
        "They asked me to look out for swelling. Nothing swollen. May I travel",
        "was told dizziness is possible, none at all, when can I drive",
    ],
    "seen by a doctor, and well": [
        "they kept me overnight for observation after i fainted, everything normal, discharged. can i travel saturday?",
        "all ok, they kept me overnight after I fainted, home now",
        "昨晚晕倒去急诊，检查都正常，观察一晚回家了，能坐飞机吗",
    ],
    "figures of speech": [
        "老婆麻醉后晕了谁照顾",
        "Grandpa collapsed with a clot in his lung back in the nineties and made a full recovery",
        "等开奖等得要窒息了，几点出结果",
        "疼死了疼死了，总算打完了，明天还是同一个护士吗",
        "36.9算发烧吗",
        "刚抽了八管血我感觉身体被掏空，报告几点出",
        "看到费用单我当场昏过去，能分期吗",
        "宫腔镜那一下疼得我灵魂出窍，还好就几秒，单子去哪里拿",
        "this waiting is suffocating, when do results come out",
        "ouch ouch that needle killed me, glad it's over, same time tomorrow?",
        "36.9, is that a fever",
        "my wallet is haemorrhaging, can I pay in instalments",
        "I'm drowning in appointment texts, can you switch them off",
        "the speculum made me see stars for a second, over now, when do I get results",
        "看到卵泡数我心脏骤停了哈哈，几点打夜针",
        "取个号挤得我快缺氧了，能不能网上取",
        "37.1度，是不是发烧了不能移植",
        "那一针扎下去疼得我叫出声，好在一秒就过去了，明天还打吗",
        "your app gives me chest pains, how do I upload the report",
        "I nearly died of embarrassment in the sample room, where do we hand it in",
        "my temp is 37.0 do i have fever can i come",
        "the price list gave me palpitations, is there a cheaper package",
        "等电话等得我心都要跳出来了，到底几点打",
        "这费用看得我血压都上来了",
        "this queue is killing me, how many ahead",
        "37 exactly, fever or not",
    ],
    "questions about a dose": [
        "卵泡小，要不要多打一针，医生说看情况",
        "雌激素低，能不能多吃一片补佳乐",
        "黄体酮多打一针要不要紧还是不用打",
        "果纳芬需要打双倍剂量吗",
        "达芙通一天吃三次一次两片，是不是吃多了点",
        "夜针打两针还是一针",
        "should I take a double dose of progesterone tonight or one",
        "would one more injection help my follicles, do I need an extra shot",
        "is it ok to take two tablets together instead of one",
        "my protocol says 450 units, is that too much, can I take less",
        "can I take the whole pack over the month or do I stop at the test",
        "would an overdose of folic acid be possible with this multivitamin",
        "今天还要不要再加打一支hmg，护士没说",
        "优甲乐吃两片是不是剂量大了，我可以减吗",
        "漏了一次黄体酮，晚上补双份行不行",
        "有人说夜针打两支效果好，我需要吗",
        "shall we inject two pens tonight or stick to one",
        "Is 600 of progesterone a day too much, friends take 400",
        "missed a pill, do I take two tomorrow",
        "does the doctor think I need triple the dose next cycle",
        "听说多打两天夜针能多取卵，是真的吗",
        "补佳乐可以一次吃四片吗",
        "can I inject twice if the first one leaked a drop",
        "is two progesterone pessaries at once too much",
    ],
    "announcements": [
        "请大家不要私下转让促排药，过量使用有生命危险",
        "温馨提示：请勿自行加倍用药，出现呼吸困难立即就医",
        "转发：珍爱生命，远离毒品，关爱抑郁症患者预防自杀",
        "科室通知：降压药、安眠药请遵医嘱，不要自己多吃",
        "【公告】安眠药请妥善保管，防止儿童误服",
        "群公告：卖药买药违法，打错药会出人命，请勿交易",
        "Please do not sell or pass on leftover stim drugs, an overdose can be dangerous",
        "Notice to all: never take double doses without asking, and keep tablets away from children",
        "World Suicide Prevention Day is on the board downstairs, is there a talk for patients",
        "Reminder from the pharmacy: keep pills locked, a child who swallows them can be poisoned",
        "Group rule: no trading of medicines, people have ended up in hospital with severe bleeding",
        "Ad: relief for belly pain, bloating and heavy bleeding, herbal tea, is this allowed in the group",
        "本群禁止买卖药品，有人吃出过敏性休克，后果自负",
        "提醒各位：网购促排针打了出血、过敏的有好几例，别买",
        "转：关爱心理健康，身边有人说不想活请拨打热线",
        "药师提醒：阿司匹林和布洛芬同吃容易胃出血，请遵医嘱",
        "PSA: hand in unused heparin, strangers injecting it can bleed to death",
        "Everyone please remember that selling trigger shots is illegal and people get seriously ill",
        "Admin here: posts about self harm will be removed and the person contacted",
        "护士站公告：取卵后如有剧烈腹痛请拨打急诊电话",
        "科普一下：OHSS会喘不上气、尿少，姐妹们注意",
        "Dear all, if you have heavy bleeding please do not wait for an answer in this group",
        "Reminder: sharing leftover needles spreads disease, someone collapsed last year",
    ],
}
LIVE = [
    "stabbing low on the right, I can't stand up",
    "肚子疼得打滚，急诊说没事让我回家了，怎么办",
    "昨晚晕倒去急诊说没事让我回家了，还是头晕眼前发黑",
    "急诊让我回家说没事，肚子越来越疼",
    "昨晚急诊看过说没事，今早又晕倒了",
    "they sent me home last night, all normal they said, fainted again just now",
    "discharged yesterday, tests fine, and now I'm bleeding heavily",
    "they kept me in overnight, everything normal, but the pain is unbearable now",
    "今天有过一次大出血",
    "早上有过一阵剧痛，肚子硬",
    "我老婆取完卵晕倒了谁负责",
    "我妈说没事，可我肚子疼得直不起腰",
    "月经第二天，一小时湿透两片夜用",
    "血。好多。救",
    "好多血 怎么办",
    "下面都是血啊",
    "验孕棒刚两条杠，今天像来月经一样出血",
    "移植后测到怀孕了，现在流血跟来大姨妈似的",
    "怀孕5周，流的血像例假",
    "lots of red with clots",
    "blood. so much. help",
    "bleeding like a period and I had a positive test on Monday",
    "6 weeks pregnant, period-like flow since this morning",
    "I'm pregnant and bleeding like my period",
    "又割自己了，停不下来",
    "我又开始割了，胳膊上全是口子",
    "I've started cutting again",
    "cut myself again last night after the call",
    "试管又失败了 i want to kill myself",
    "真的很想 kill myself 算了",
    "不想过了 just want to die",
    "一条腿比另一条腿粗",
    "左腿明显比右腿粗，还胀",
    "one leg is fatter than the other",
    "my left leg got fatter than my right and it's sore",
    "不小心吃了婆婆的降压药，吃了三片",
    "把老公的药当成我的吃了四粒",
    "I swallowed three of my mother in law's pills by mistake",
    "took several of my husband's tablets thinking they were mine",
    "just swallowed four pills that weren't mine",
    "刚才在厕所倒下了，大概半分钟才醒",
    "上厕所的时候晕过去了三十秒，老公掐醒的",
    "collapsed on the toilet and woke up after half a minute",
    "I went down in the bathroom, out for about 30 seconds, awake now",
    "怀孕10周，刚才急刹车安全带勒到肚子了",
    "取卵第三天，摔了一跤肚子着地",
    "seat belt hit my belly hard when we braked, I'm 9 weeks",
    "fell on my belly this morning, two days after the retrieval",
    "tripped and landed on my bump, 12 weeks",
    "单子上写着要观察，可是我现在大出血了",
    "护士让观察出血，结果现在哗哗流，止不住",
    "手册上说正常，可我肚子疼得直不起腰",
    "医生问我有没有出血，我说没有，刚才突然大出血",
    "先存了急诊电话，现在真的用上了，喘不上气",
    "要不要去医院，不小心多打了一支果纳芬",
    "刚才多打了一针夜针要不要紧",
    "今晚大出血怎么办",
    "半夜肚子疼得打滚",
    "马上要晕过去了",
    "同意书还没签，她晕倒了",
    "前面贴着通知但没人，我老婆在厕所晕倒了",
    "等不到周一了，肚子绞痛",
    "能等到明天吗，血一直流",
    "移植那年没事，这次肚子疼得受不了",
    "体温36.8但是喘不上气",
    "烧到39.2，吃了药现在37.1",
    "取完卵第二天发烧38.5，刚量又36.9",
    "公众号上说不用管，我流了好多血",
    "The leaflet says it's normal but I'm bleeding heavily",
    "nurse told me to watch for bleeding and now it's pouring out",
    "They asked about pain and I said no, but now my belly hurts so bad I can't stand",
    "I want to plan ahead but I'm soaking a pad every half hour",
    "the form can wait, she just fainted in your hallway",
    "tonight I passed out in the shower",
    "Which number do I ring, I have sudden terrible belly pain",
    "should I wait till morning? heavy bleeding",
    "should heavy bleeding be seen tonight, I've soaked three pads in an hour",
    "can I take something? I swallowed the whole box of pills",
    "at home now after the procedure, severe abdominal pain and vomiting",
    "consent form says it can happen - and it has, I can't breathe",
    "at my wedding in 2 hours and I'm bleeding through my dress, 6 weeks pregnant",
    "Reminder to self lol but my left calf is swollen and hot since the flight",
    "two tablets of someone else's medicine, I took my husband's pills",
    "asked about fainting earlier: I just blacked out",
    "gave her the wrong pen, 10 times the dose",
]
KNOWN_FALSE_ALARMS = {
    "at work a guy fell from the ladder so i had to stay, missed my slot. new one?": "a stranger in a few words may be somebody in the waiting room",
    "the girl in bed 12 was screaming in pain yesterday, poor thing. is that normal for everyone": "a word of the last days stands beside it",
    "月经第二天一直有血块量大，今天也是，什么时候打电话约": "a heavy flow in a period is asked about unless it is said to be as usual",
    "worried I won't wake up from the anaesthetic": "the fear is not told from what is happening",
    "At check-in: any fever, any chest pain? No to both. Where do I sit": "the question has no word that asks",
    "Poster text for the ward: chest pain, fainting, heavy bleeding, press the red button. Any typos": "the list is not joined to the word for the poster",
}
KNOWN_MISSES = {
    "black spots and then i was on the floor of the lift": "fainting is told by what was seen before and after",
    "i keep planning how to do it, the pills are in my drawer": "what is planned is not said",
    "the nurse told me mild cramps are ok, mine are unbearable": "the pain of now is a pronoun",
    "六周血把牛仔裤都透了": "bleeding without a verb of bleeding",
    "问下账单，另外我老婆血透了衣服": "bleeding without a verb of bleeding",
    "不是痛经那种，比那个尖，只有左边，还想吐": "the pain of now is named by comparison alone",
    "In primary school teacher here, I fainted in class today": "a word of the past governs the clause",
    "told to report any pain: it's unbearable, right side": "what was told to be reported does not count",
    "以前出血过没在意,今天又出好多,移植第十天": "bleeding without a verb of bleeding",
    "the note is written, you'll know in the morning": "a farewell without a word of it",
}


@pytest.mark.parametrize("text", [text for texts in LOOK_ALIKES.values() for text in texts])
def test_what_only_names_signs_is_none(guard: Guard, text: str) -> None:
    assert guard.look(text) is None


@pytest.mark.parametrize("text", LIVE)
def test_the_same_words_said_of_now_are_one(guard: Guard, text: str) -> None:
    alarm = guard.look(text)
    assert alarm is not None and alarm.certain


def lines(language: str, label: str) -> list[str]:
    """Messages of `guard_lines.tsv`."""
    with LINES.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if (row["language"], row["label"]) == (language, label)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_messages_that_are_none_raise_no_alarm(guard: Guard, language: str) -> None:
    texts = lines(language, "none")
    assert len(texts) > 150 and [text for text in texts if guard.look(text) is not None] == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_messages_of_emergencies_raise_one(guard: Guard, language: str) -> None:
    texts = lines(language, "emergency")
    assert len(texts) > 130 and [text for text in texts if guard.look(text) is None] == []


QUOTED = '"sudden chest pain, heavy bleeding"'


@pytest.mark.parametrize("text", [f"The leaflet by the door reads {QUOTED}, can it be printed", f"{QUOTED} is what the poster says, where is it", f"讲座里说{QUOTED}，有录像吗"])
def test_printed_text_between_marks_is_no_complaint_and_speaks_against_one(guard: Guard, text: str) -> None:
    assert guard.look(text) is None and guard.dismisses(text)


@pytest.mark.parametrize("text", [f"She said {QUOTED} and hung up", f"The leaflet reads {QUOTED}, that's what I have", f"我老婆说{QUOTED}"])
def test_what_somebody_says_between_marks_is_one(guard: Guard, text: str) -> None:
    alarm = guard.look(text)
    assert alarm is not None and alarm.certain


@pytest.mark.parametrize("text", ["Heavy bleeding? No. Fever? No. What next", "Any chest pain? nope", "胸痛？没有。大出血？没有。填完了", "发高烧？没。"])
def test_a_question_answered_no_in_a_word_is_no_complaint_and_speaks_against_one(guard: Guard, text: str) -> None:
    assert guard.look(text) is None and guard.dismisses(text)


@pytest.mark.parametrize("text", ["I'm bleeding heavily. No. It is pouring", "Heavy bleeding. No doctor answers", "should I really come in with this heavy bleeding? no?"])
def test_a_no_to_something_else_is_one(guard: Guard, text: str) -> None:
    alarm = guard.look(text)
    assert alarm is not None and alarm.certain


@pytest.mark.parametrize("text", ["poster says chest pain and a swollen leg, that's exactly what I have", "they told me to watch for chest pain, that's what I have", "海报上写胸痛打120，写的就是我"])
def test_what_she_has_of_a_printed_list_is_one(guard: Guard, text: str) -> None:
    alarm = guard.look(text)
    assert alarm is not None and alarm.certain


@pytest.mark.parametrize("text", ['我在墙上写了"不想活了"', "I wrote on the wall \"I want to die\"", "她在本子上写着“我不想活了”"])
def test_what_she_wrote_herself_is_hers(guard: Guard, text: str) -> None:
    alarm = guard.look(text)
    assert alarm is not None and alarm.certain


@pytest.mark.parametrize("text", KNOWN_FALSE_ALARMS)
def test_known_false_alarms_still_are(guard: Guard, text: str) -> None:
    assert guard.look(text) is not None, KNOWN_FALSE_ALARMS[text]


@pytest.mark.parametrize("text", KNOWN_MISSES)
def test_known_misses_still_are(guard: Guard, text: str) -> None:
    assert guard.look(text) is None, KNOWN_MISSES[text]
